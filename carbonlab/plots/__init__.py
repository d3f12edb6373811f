"""Pictures of results: numbers first (a frozen record), then a figure for the screen and one for print."""
