"""Write the pages."""

from plinth.reference import PAGES

for file, page in PAGES.items():
    file.write_text("\n".join(page()), encoding="utf-8")
