"""What members might say to the bot."""

SENTENCES = (
    "Tell me a joke about a company that sells ice cream.",
    "My cat thinks that the vacuum cleaner is a dragon.",
    "Write a slogan for a small bakery by the sea.",
    "Two penguins walk into a bar and ask for something cold.",
    "Why did the robot bring a ladder to the library?",
    "A pizza delivery driver gets lost on the moon.",
    "Make a slogan for a gym that is open all night.",
    "The teacher asked the class to be quiet, and the parrot answered.",
    "Our coffee shop gives every tired student a second cup.",
    "A ghost applies for a job in customer support.",
    "What happens when a dentist falls in love with a crocodile?",
    "Give me a funny line about programmers who never sleep.",
    "A wizard tries to return a broken wand without a receipt.",
    "We sell umbrellas to people who live in the desert.",
    "The bus driver sings opera, and nobody wants to get off.",
    "Compare the words banana and constitution for me.",
    "Grandma started a heavy metal band in her garage.",
    "A detective investigates who ate the last piece of cake.",
    "Write something cheerful for a flower shop in spring.",
    "My phone battery has more energy in the morning than I do.",
)
