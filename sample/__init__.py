"""The sample: fixed survey deliveries of four organisations, process data of one, and the script that made them."""
