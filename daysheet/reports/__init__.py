"""What goes back to people: answers as values made into mails, and how mails leave."""
