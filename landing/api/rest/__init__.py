"""The API with the REST framework: its views, and the schema that documents them."""
