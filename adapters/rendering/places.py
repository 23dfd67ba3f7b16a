"""Where in a text something is, as an author's editor counts it."""


def place(text: str, index: int) -> str:
    """`line 3, column 7` of the character at `index`; both are counted from one."""
    index = max(0, min(index, len(text)))
    line = text.count("\n", 0, index) + 1
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    return f"line {line}, column {column}"
