"""Tongchou 统筹: the open core system of Chinese basic medical insurance agencies (基本医疗保险经办).

The folders are the chapters of the regulations; `docs/articles.md` leads from an article to its code and tests.
"""
