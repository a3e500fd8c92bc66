"""Sounds without a model: a tone as WAV or MP3, and how long a recording is, by its format."""

import io
import math
import struct
import wave

RATE = 24000
MP3_RATE, MP3_FRAME, MP3_BYTES = 48000, 1152, 192  # 64 kbit/s: every frame has the same length
LINE = 10  # the spectral line that is heard: (10 + 0.5) * 48000 / 1152 = 437.5 Hz
GAIN = 200
BYTES_PER_SECOND = 4000
"""Of formats whose length is not easily read: a recording by a browser."""
BITRATES = {  # MPEG 1 and 2, layer III, in kbit/s
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def pcm(seconds: float) -> bytes:
    """A tone as 16-bit samples."""
    samples = [int(8000 * math.sin(2 * math.pi * 440 * place / RATE)) for place in range(int(seconds * RATE))]
    return struct.pack(f"<{len(samples)}h", *samples)


def wav(seconds: float) -> bytes:
    """A tone as WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(pcm(seconds))
    return file.getvalue()


def mp3(seconds: float) -> bytes:
    """A tone as MP3 (ISO/IEC 11172-3): one spectral line, whose sign changes from frame to frame."""
    frames = round(seconds * MP3_RATE / MP3_FRAME)
    return b"".join(_frame(number % 2) for number in range(frames))


def _frame(sign: int) -> bytes:
    # Huffman table 1: "1" is a pair of zeros, "01" the pair (1, 0), which its sign follows
    spectrum = f"{'1' * (LINE // 2)}01{sign}"
    pairs = LINE // 2 + 1
    regions = f"{1:05b}" * 3 + "0" * 10
    granule = f"{len(spectrum):012b}{pairs:09b}{GAIN:08b}00000{regions}"
    bits = "0" * 18 + granule * 2 + spectrum * 2
    head = b"\xff\xfb\x54\xc0"  # MPEG 1, layer III, 64 kbit/s, 48 kHz, mono
    content = int(bits.ljust(-len(bits) % 8 + len(bits), "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    return (head + content).ljust(MP3_BYTES, b"\0")


def seconds_of(content: bytes) -> float:
    """The length of a recording; ValueError if it is not one. WebM and MP4 are judged by their size."""
    if content.startswith(b"RIFF"):
        try:
            with wave.open(io.BytesIO(content), "rb") as sound:
                return sound.getnframes() / sound.getframerate()
        except (wave.Error, EOFError):
            raise ValueError("not a WAV file") from None
    if content.startswith(b"fLaC"):
        about = int.from_bytes(content[18:26], "big")
        return (about & (1 << 36) - 1) / (about >> 44)
    if content.startswith(b"OggS"):
        return _seconds_of_ogg(content)
    if content.startswith(b"\x1a\x45\xdf\xa3") or content[4:8] == b"ftyp":
        return len(content) / BYTES_PER_SECOND
    return _seconds_of_mp3(content)


def _seconds_of_ogg(content: bytes) -> float:
    """The time of the last page: Opus counts 48,000 samples a second, Vorbis says how many."""
    vorbis = content.find(b"\x01vorbis")
    rate = struct.unpack("<I", content[vorbis + 12 : vorbis + 16])[0] if vorbis >= 0 else 48000
    last = content.rfind(b"OggS")
    return float(struct.unpack("<q", content[last + 6 : last + 14])[0] / rate)


def _seconds_of_mp3(content: bytes) -> float:
    """The time of all frames, but for one that only describes the file."""
    place = 0
    if content.startswith(b"ID3"):
        size = [byte & 127 for byte in content[6:10]]
        place = 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
    seconds = 0.0
    while place + 4 <= len(content):
        head = int.from_bytes(content[place : place + 4], "big")
        version, layer, index, rate = head >> 19 & 3, head >> 17 & 3, head >> 12 & 15, head >> 10 & 3
        if head >> 21 != 0x7FF or version == 1 or layer != 1 or index in (0, 15) or rate == 3:
            break
        samples = 1152 if version == 3 else 576
        frequency = RATES[version][rate]
        length = samples // 8 * BITRATES[3 if version == 3 else 2][index] * 1000 // frequency + (head >> 9 & 1)
        frame = content[place : place + length]
        seconds += 0 if b"Xing" in frame[:64] or b"Info" in frame[:64] else samples / frequency
        place += length
    if not seconds:
        raise ValueError("not a known format")
    return seconds
