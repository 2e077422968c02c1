"""Messages out: what is told to people (`messages`, templates in `templates/<event>/`), and how it leaves (`sending`).

Values come in as arguments: no settings, no database, no clock. What is planned for whom is `bangiao.deliveries`.
"""
