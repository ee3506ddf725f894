"""Operations: startup, outages, telemetry, and shutdown."""
