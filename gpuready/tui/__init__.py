"""The screen: draws state and sends commands; it measures nothing and knows no SQL."""
