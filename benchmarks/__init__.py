"""The numbers: each measure of the product against its limit, measured in the same run on the same machine."""
