"""Reading a package file: text → tree → typed definition → proof that it is complete and free of contradiction."""
