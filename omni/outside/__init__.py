"""Lines to other machines: subscribers that want to hear of facts, shops that make their own discounts."""
