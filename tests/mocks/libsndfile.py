"""Runs in LiteLLM's Python, which has libsndfile: writes a tone in each format, or reads one and prints what it is."""

import sys
from pathlib import Path

import numpy
import soundfile

RATE, SECONDS = 16000, 3
FORMATS = {"a.mp3": None, "a.flac": None, "a.wav": None, "vorbis.ogg": "VORBIS", "opus.ogg": "OPUS"}


def main():
    """`write FOLDER`, or `read FILE`, which prints seconds, the loudest sample, and the main frequency."""
    if sys.argv[1] == "write":
        tone = 0.3 * numpy.sin(numpy.arange(RATE * SECONDS) * 440 * 2 * numpy.pi / RATE)
        for name, subtype in FORMATS.items():
            soundfile.write(Path(sys.argv[2], name), tone, RATE, subtype=subtype)
        return
    samples, rate = soundfile.read(sys.argv[2])
    strength = abs(numpy.fft.rfft(samples * numpy.hanning(len(samples))))
    frequency = numpy.fft.rfftfreq(len(samples), 1 / rate)[strength.argmax()]
    print(len(samples) / rate, abs(samples).max(), frequency)


main()
