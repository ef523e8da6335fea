"""What reaches outside the house. Each gateway is a file behind a small protocol and declares what it can truly do."""
