"""The JSON API: for programs, with a token in the place of a person who is signed in."""
