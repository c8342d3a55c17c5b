"""From the bytes of a file to rows: read, parse, resolve, validate, relate, diff, apply. All pure but the two ends."""
