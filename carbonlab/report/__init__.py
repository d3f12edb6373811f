"""What a study found, for people and for programs: summary, HTML report, and the folder that lets others get the number again."""
