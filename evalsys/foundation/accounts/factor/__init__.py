"""The second factor: TOTP codes and recovery codes."""
