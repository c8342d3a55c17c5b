"""The platform's own rules, beside those of blueprints: what they may ask, what they answer. Pure, all of it."""
