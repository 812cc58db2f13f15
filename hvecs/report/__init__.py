"""Reports: a finished run or sweep as one HTML page, without a network, for people who look before they query."""
