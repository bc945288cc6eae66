"""What every page of every chapter is made of (页面公用部件): access, lists, exports, tabs, badges, masks.

Chapters' `web` folders call these; addresses, navigation and templates of the frame are the site's.
"""
