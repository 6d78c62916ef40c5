"""Transcripts as subtitles, for video players: SubRip and WebVTT."""

from collections.abc import Sequence

from engine.speech.transcript import Segment


def srt(segments: Sequence[Segment]) -> str:
    pieces = [f"{number}\n{_span(one, ',')}\n{_line(one)}\n" for number, one in enumerate(segments, 1)]
    return "\n".join(pieces)


def vtt(segments: Sequence[Segment]) -> str:
    return "\n".join(["WEBVTT\n", *(f"{_span(one, '.')}\n{_line(one)}\n" for one in segments)])


def _span(segment: Segment, mark: str) -> str:
    return f"{_time(segment.start, mark)} --> {_time(segment.end, mark)}"


def _time(seconds: float, mark: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"


def _line(segment: Segment) -> str:
    """The text, which must not look like the end of its span."""
    return segment.text.strip().replace("-->", "->")
