"""Rule sets side by side: differences, which rule made them, what each rule moved, and the range that rules
leave open.
"""
