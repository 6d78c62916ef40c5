"""Pictures of likeness: of a phone's width on their own card, told in words too, drawn outside of the bot's process."""

import io

import numpy as np
import pytest
from PIL import Image

from bot.drawing import CARD, Charts, drawable
from bot.similarity.maps import Cluster, TextMap
from bot.similarity.pictures import COLOURS, alt_grid, draw_grid, draw_map, sketch_grid, sketch_map
from bot.similarity.service import Grid

GRID = Grid(("a", "$x$", "日本語"), np.array([[1, 0.5, -0.2], [0.5, 1, np.nan], [-0.2, np.nan, 1]]), "model")
TOPICS = (Cluster("ducks, pond", 2), Cluster("笑い", 2))
MAP = TextMap(np.array([[0.0, 1], [0, 2], [3, 0], [3, 1]]), (0, 0, 1, 1), TOPICS, 1, 0, 0)


def colours(png: bytes) -> set[str]:
    with Image.open(io.BytesIO(png)) as picture:
        assert (picture.format, picture.width) == ("PNG", 780)
        found = picture.convert("RGB").getcolors(1 << 20) or []
    return {"#{:02x}{:02x}{:02x}".format(*pixel) for _, pixel in found if isinstance(pixel, tuple)}


def test_a_heatmap_has_its_own_card_and_the_scales_two_ends() -> None:
    assert {CARD, "#fde737", "#00224d"} <= colours(draw_grid("abc", [[1, 0.5, -0.2], [0.5, 1, None], [-0.2, None, 1]]))


@pytest.mark.parametrize("size", [2, 12])
def test_few_and_many_texts_fit(size: int) -> None:
    assert len(colours(draw_grid(["I like $\\frac{apples}$"] * size, np.eye(size).tolist()))) > 10


def test_a_map_shows_every_cluster_in_its_own_colour() -> None:
    count = len(COLOURS)
    points = [[float(n % count), float(n)] for n in range(8 * count)]
    seen = colours(draw_map(["ducks"] * count, points, [n % count for n in range(8 * count)]))
    assert CARD in seen
    assert len(seen) > 3 * count


def test_points_in_one_place_make_a_picture() -> None:
    assert CARD in colours(draw_map([""], [[0.0, 0.0]] * 3, [0, 0, 0]))


def test_a_name_is_drawn_where_the_font_has_all_of_its_characters() -> None:
    assert [drawable(name) for name in ("Ducks, café", "утки", "鴨", "duck 🦆")] == ["Ducks, café", "утки", "", ""]


def test_rows_bear_the_beginnings_of_their_texts_and_a_pair_in_doubt_no_number() -> None:
    data = sketch_grid(Grid(("A man walking across the road", "b"), np.array([[1, np.nan], [np.nan, 1]]), "m")).data
    assert data == {"names": ["A man walking a…", "b"], "cosines": [[1.0, None], [None, 1.0]]}


def test_the_alternative_text_names_every_pair() -> None:
    assert alt_grid(GRID) == (
        "Heatmap of how alike 3 texts are. 1 and 2: 0.50, 1 and 3: -0.20, 2 and 3: not told apart."
    )


async def test_the_bot_draws_in_another_process() -> None:
    charts = Charts()
    grid, found = await charts.draw(sketch_grid(GRID)), await charts.draw(sketch_map(MAP))
    assert grid is not None
    assert found is not None
    assert (len(colours(grid.png)) > 10, len(colours(found.png)) > 10) == (True, True)
    assert found.alt == "Map of 4 texts by meaning, in groups: 1 ducks, pond (2); 2 笑い (2)."
