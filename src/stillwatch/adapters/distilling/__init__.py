"""Teachers and students: processes that train them, what is kept, the tests, and the page."""
