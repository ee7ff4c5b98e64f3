"""What defences cost a teacher and a campaign, and which test finds the student."""
