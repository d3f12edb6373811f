"""What a study found, for people and programs: summary, HTML report, and the folder to get the number again."""
