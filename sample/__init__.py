"""The product's sample: fixed survey deliveries of four organisations, and the script that made them."""
