"""What runs beside the event loop."""
