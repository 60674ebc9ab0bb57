"""What people read. Imported on first use, as rich is."""
