"""What the project promises about speed, as ratios within one run: these do not depend on how fast a machine is."""
