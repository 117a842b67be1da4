"""What a user would pick instead, with ready-made parts, on the same PDFs and questions.

Each module but `worker`, `local` and `__main__` is one peer with its defaults: `build(pdfs)` indexes the
files and gives a search. Nothing in Lotsen imports this folder; the extra `peers` brings the libraries.
"""
