"""The domain: what an organisation's sandboxes hold, and what happens to it. No HTTP here."""
