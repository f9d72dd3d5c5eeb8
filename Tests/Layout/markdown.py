"""Functions that checks of Markdown files share."""
import re


def prose(text):
    """The text without its code, because code contains no links or headings."""
    lines, fenced = [], False
    for line in text.split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            line = ""
        lines.append("" if fenced or line.startswith("    ") else line)
    return "\n".join(lines)


def headings(text):
    """The headings by their anchors on GitHub: lower case, without punctuation, with dashes for blanks."""
    found = {}
    for heading in re.findall(r"^#+ +(.*?) *$", prose(text), re.M):
        anchor = re.sub(r"[^\w\s-]", "", heading.lower()).replace(" ", "-")
        name, number = anchor, 0
        while name in found:
            number += 1
            name = "%s-%d" % (anchor, number)
        found[name] = heading
    return found
