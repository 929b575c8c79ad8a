"""The life of an incident: who may be sent, who is, and against which clocks. Pure."""
