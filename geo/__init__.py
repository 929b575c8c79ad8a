"""What is true of any map: datums, measures, the road network and travel time. Pure."""
