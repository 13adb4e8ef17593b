"""Whether anything in a figure covers anything else."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox


def boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text with the pixels that it takes up, and under "" those of the images."""
    figure.dpi = 120  # as it is saved
    renderer = FigureCanvasAgg(figure).get_renderer()
    found = [("", ax.get_window_extent(renderer)) for ax in figure.axes]
    texts = [text for ax in figure.axes for text in (*ax.texts, ax.title)]
    texts += [*figure.texts]
    return found + [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]


def assert_tidy(figure: Figure) -> None:
    """No text lies on an image or on another text, and none leaves the figure."""
    found = boxes(figure)
    for number, (text, box) in enumerate(found):
        assert box.x0 >= 0, text
        assert box.x1 <= figure.bbox.x1, text
        assert box.y0 >= 0, text
        assert box.y1 <= figure.bbox.y1, text
        for other, beside in found[number + 1 :]:
            overlap = Bbox.intersection(box, beside)
            assert overlap is None or min(overlap.width, overlap.height) < 1.5, (text, other)
