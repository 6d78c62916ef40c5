"""What members may ask and models may say: lists of words, and the model server's own moderation."""
