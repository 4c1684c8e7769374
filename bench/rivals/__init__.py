"""What the engine is measured against: what others would use in its place."""
