"""Sets text of any language into pictures: fonts, order, lines, sizes. For the processes that draw."""
