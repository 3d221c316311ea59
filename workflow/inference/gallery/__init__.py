"""The figures of the field on one page, and what the paper states beside ours.

Input: the figures of the atlas and the physics. Output: ``results/gallery``. The entry is ``gallery.write_gallery``.
"""
