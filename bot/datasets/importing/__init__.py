"""Files that are no training files but hold examples: tables, plain lines, JSON of other tools. Read into chats."""
