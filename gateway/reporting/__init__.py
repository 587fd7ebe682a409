"""What the gateway can say of itself to those who answer for it: facts for an impact assessment and a review meeting, and who sees unseen."""
