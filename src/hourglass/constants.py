"""Numbers that more than one room has to know, and that decide results."""

COUNTED_FROM = 10  # epochs: Padova counts wrong digits from this one on
REACH = 2  # standard deviations from the middle to the edge of the plane of principal directions
CORNERS = (0, 1, 7, 8)  # classes whose first test images lie at the corners of a plane of codes, row by row
