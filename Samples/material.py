"""What the inputs are cut from: photographs, text, and bytes that ship inside the pinned packages or are written here. No network."""
import functools
import io
import pathlib
import time
import zipfile

import numpy as np
import skimage
import sklearn
from PIL import Image, ImageDraw, ImageFont

SKIMAGE = pathlib.Path(skimage.__file__).parent
SKLEARN = pathlib.Path(sklearn.__file__).parent
COLOUR = ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "motorcycle_right.png", "ihc.png",
          "retina.jpg", "hubble_deep_field.jpg"]
GREY = ["camera.png", "brick.png", "grass.png", "gravel.png", "coins.png", "page.png", "text.png", "moon.png"]
SENTENCES = """The ferry leaves the northern quay at 07:45 every morning|Invoice No. 2024-00817|TOTAL 1,249.90 EUR|Platform 9, track 3
Please keep this door closed|Open Mon-Fri 8:30 - 17:00|Serial: XK-4471-B/09|Boarding begins in 20 minutes|No entry without a permit
Flour, sugar, butter, two eggs|Mix well and bake at 180 degrees|Exit 14B Airport|Speed limit 60|Call +44 20 7946 0958 for help
Temperature 21.5 C, humidity 48 %|Best before 12/2026|Chapter 4: Of tides and harbours|Made in Portugal|www.example.org/path?id=42
Fragile - this side up|Room 312|LOT 55812 EXP 03-27|Caution: wet floor|Balance carried forward 3,870.15|Bus 42 to Central Station"""
THAI = """เรือข้ามฟากออกจากท่าเรือทุกเช้าเวลาเจ็ดโมง|วันนี้อากาศดีมากเราไปเดินเล่นที่สวนสาธารณะกันเถอะ|ฉันชอบกินข้าวผัดกับไข่ดาว|ประเทศไทยมีจังหวัดทั้งหมด 77 จังหวัด
ร้านหนังสือเปิดตั้งแต่ 9.00 น. ถึง 18.00 น.|เด็กนักเรียนกำลังอ่านหนังสืออยู่ในห้องสมุด|กรุณาปิดประตูทุกครั้งหลังใช้งาน|ราคาทั้งหมดหนึ่งพันสองร้อยบาท
เขาเรียนภาษาอังกฤษ (English) มาแล้วห้าปี|แม่ซื้อผักและผลไม้ที่ตลาดใกล้บ้าน|รถไฟขบวนนี้ไปเชียงใหม่ใช้เวลาประมาณสิบสองชั่วโมง|พรุ่งนี้จะมีการประชุมเรื่องงบประมาณประจำปี
น้ำในแม่น้ำเจ้าพระยาสูงขึ้นเพราะฝนตกหนัก|ขอบคุณที่ช่วยเหลือพวกเราเสมอมา|คอมพิวเตอร์เครื่องใหม่ทำงานเร็วกว่าเครื่องเก่า|หมอแนะนำให้ออกกำลังกายสัปดาห์ละสามครั้ง
เมื่อวานนี้ฉันดูภาพยนตร์เรื่องใหม่กับเพื่อนสองคน|นกตัวเล็กสีฟ้าบินผ่านหน้าต่างไป|โรงเรียนของเราตั้งอยู่ริมทะเล|โทรศัพท์มือถือรุ่น X200 ลดราคา 15%"""


def phrases(text):
    return [p for line in text.splitlines() for p in line.split("|")]


@functools.cache
def photograph(name):
    folder = SKLEARN / "datasets/images" if name in ("china.jpg", "flower.jpg") else SKIMAGE / "data"
    return Image.open(folder / name).convert("RGB")


def crop(generator, width, height, names=(*COLOUR, "china.jpg", "flower.jpg", *GREY)):
    """A random window of a photograph, at a random scale, resized: never noise, never stretched beyond 4:5."""
    image = photograph(names[generator.integers(len(names))])
    scale = min(image.width / width, image.height / height) * generator.uniform(0.4, 1.0)
    w, h = round(width * scale), round(height * scale * generator.uniform(0.85, 1.0))
    x, y = generator.integers(image.width - w + 1), generator.integers(image.height - h + 1)
    piece = image.crop((x, y, x + w, y + h)).resize((width, height), Image.Resampling.BILINEAR)
    return piece.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if generator.random() < 0.3 else piece


def face(generator, size):
    """A face: the astronaut's with jitter, or one of the 100 that ship as 25 x 25 grey patches; every fourth is no face."""
    if generator.random() < 0.25:
        return crop(generator, size, size)
    if generator.random() < 0.5:
        side = generator.integers(90, 170)
        x, y = 224 + generator.integers(-18, 19) - side // 2, 110 + generator.integers(-18, 19) - side // 2
        return photograph("astronaut.png").crop((x, y, x + side, y + side)).resize((size, size), Image.Resampling.BOX)
    patches = np.load(SKIMAGE / "data/lfw_subset.npy")
    patch = (patches[generator.integers(100)] * 255 * generator.uniform(0.75, 1.15)).clip(0, 255).astype(np.uint8)
    return Image.fromarray(patch).convert("RGB").resize((size, size), Image.Resampling.BICUBIC)


def colours(generator):
    """Dark on light or light on dark."""
    dark, light = generator.integers(0, 90, 3), generator.integers(165, 256, 3)
    pair = [tuple(map(int, dark)), tuple(map(int, light))]
    return pair if generator.random() < 0.7 else pair[::-1]


def text_line(generator, height=48):
    """A rendered line of text as it is cut from a page: tight margins, a slight slope, mild noise of a sensor."""
    text = phrases(SENTENCES)[generator.integers(len(phrases(SENTENCES)))]
    text = text[:generator.integers(8, 36)].strip()
    font = ImageFont.load_default(int(generator.integers(26, 44)))
    left, top, right, bottom = font.getbbox(text)
    ink, paper = colours(generator)
    margin = int(generator.integers(2, 8))
    line = Image.new("RGB", (right - left + 2 * margin, bottom - top + 2 * margin), paper)
    ImageDraw.Draw(line).text((margin - left, margin - top), text, font=font, fill=ink)
    line = line.rotate(generator.uniform(-1.5, 1.5), Image.Resampling.BILINEAR, fillcolor=paper)
    grain = generator.normal(0, generator.uniform(0, 6), (line.height, line.width, 1))
    return Image.fromarray((np.asarray(line) + grain).clip(0, 255).astype(np.uint8))


def scene(generator, width, height):
    """A photograph with two to five lines of text on it, some on a plate."""
    image = crop(generator, width, height)
    draw = ImageDraw.Draw(image)
    for _ in range(generator.integers(2, 6)):
        text = phrases(SENTENCES)[generator.integers(len(phrases(SENTENCES)))][:generator.integers(5, 28)]
        font = ImageFont.load_default(int(generator.integers(12, 34)))
        x, y = int(generator.integers(0, max(1, width // 2))), int(generator.integers(0, height - 30))
        ink, paper = colours(generator)
        if generator.random() < 0.6:
            draw.rectangle(draw.textbbox((x, y), text, font=font), fill=paper)
        draw.text((x, y), text, font=font, fill=ink)
    return image


@functools.cache
def files():
    """Real files of many kinds: what the pinned packages carry, and pictures and archives written by Pillow and zipfile."""
    found = []
    for root in (SKIMAGE, SKLEARN):
        for suffix in ("py", "pyi", "txt", "md", "rst", "csv", "gz", "png", "jpg", "gif", "tif", "npy", "npz", "xml", "pyx", "pxd", "h", "cpp", "html", "css", "js"):
            same = [p for p in sorted(root.rglob(f"*.{suffix}")) if "__pycache__" not in p.parts and p.stat().st_size > 64]
            found += [p.read_bytes() for p in same[:: max(1, len(same) // 4)][:4]]
    for kind in ("JPEG", "PNG", "BMP", "WEBP", "PDF", "TIFF"):
        stream = io.BytesIO()
        dates = dict.fromkeys(("creationDate", "modDate"), time.gmtime(0)) if kind == "PDF" else {}      # the same bytes every day
        crop(np.random.default_rng(7), 96, 64).save(stream, kind, **dates)
        found.append(stream.getvalue())
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("text.txt"), SENTENCES * 20)
    return [*found, stream.getvalue(), THAI.encode()]
