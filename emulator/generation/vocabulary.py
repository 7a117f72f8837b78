"""What made-up people are made of: where they live, what they are called, what the shop sells. Nobody here exists."""

from __future__ import annotations

from typing import NamedTuple


class Country(NamedTuple):
    """A country with its ``share`` of the people, its places, its language and names that are usual there."""

    code: str
    share: float
    currency: str
    language: str
    places: tuple[tuple[str, str], ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


_ENGLISH_FIRST = ("Ada", "Ben", "Clara", "Dylan", "Esther", "Frank", "Grace", "Harvey", "Iris", "Jonah", "Kit", "Lena")
_ENGLISH_LAST = ("Abbot", "Brook", "Carver", "Dale", "Easton", "Fielding", "Garner", "Holt", "Inman", "Jarvis", "Kerr")

#: The shares add up to 1.
COUNTRIES = (
    Country(
        "US",
        0.42,
        "USD",
        "en-US",
        (("Portland", "OR"), ("Austin", "TX"), ("Columbus", "OH"), ("Tucson", "AZ"), ("Albany", "NY"), ("Boise", "ID")),
        _ENGLISH_FIRST,
        _ENGLISH_LAST,
    ),
    Country(
        "GB",
        0.13,
        "GBP",
        "en-GB",
        (("Leeds", "England"), ("Cardiff", "Wales"), ("Dundee", "Scotland"), ("Bristol", "England")),
        _ENGLISH_FIRST,
        _ENGLISH_LAST,
    ),
    Country(
        "DE",
        0.12,
        "EUR",
        "de-DE",
        (("Bremen", "HB"), ("Kassel", "HE"), ("Leipzig", "SN"), ("Ulm", "BW")),
        ("Anke", "Bernd", "Dörte", "Emil", "Frieda", "Gustav", "Hanne", "Jürgen", "Käthe", "Lars"),
        ("Ahrens", "Böhm", "Claussen", "Dreyer", "Engel", "Förster", "Groß", "Hansen", "Jäger", "Köhler"),
    ),
    Country(
        "FR",
        0.1,
        "EUR",
        "fr-FR",
        (("Nantes", "PDL"), ("Lyon", "ARA"), ("Lille", "HDF"), ("Pau", "NAQ")),
        ("Aline", "Bruno", "Céline", "Denis", "Élise", "Fabien", "Gisèle", "Hugo", "Inès", "Loïc"),
        ("Arnaud", "Bertin", "Carrel", "Dupuis", "Estève", "Fabre", "Gilles", "Hébert", "Joly", "Lemaître"),
    ),
    Country(
        "CA",
        0.09,
        "CAD",
        "en-CA",
        (("Halifax", "NS"), ("Calgary", "AB"), ("Guelph", "ON"), ("Victoria", "BC")),
        _ENGLISH_FIRST,
        _ENGLISH_LAST,
    ),
    Country(
        "JP",
        0.08,
        "JPY",
        "ja-JP",
        (("仙台市", "宮城県"), ("金沢市", "石川県"), ("熊本市", "熊本県")),
        ("葵", "健太", "さくら", "大輔", "花子", "翔", "美咲", "陽斗"),
        ("青木", "石川", "上田", "岡本", "加藤", "木村", "小林", "斎藤"),
    ),
    Country(
        "BR",
        0.06,
        "BRL",
        "pt-BR",
        (("Recife", "PE"), ("Curitiba", "PR"), ("Manaus", "AM")),
        ("Ana", "Bruno", "Caio", "Débora", "Edson", "Flávia", "Gil", "Helena", "João", "Lúcia"),
        ("Alves", "Barros", "Castro", "Dias", "Esteves", "Farias", "Gomes", "Leitão", "Moraes", "Nunes"),
    ),
)

#: Loyalty tiers with their shares and the points that they begin with; the rest is in no programme.
TIERS = (("bronze", 0.3, 0), ("silver", 0.15, 1_000), ("gold", 0.07, 5_000), ("platinum", 0.03, 20_000))

#: What the shop sells: category, the SKU's beginning, and the price of the cheapest and of the dearest.
CATEGORIES = (
    ("kitchen", "KIT", 8, 140),
    ("garden", "GAR", 5, 90),
    ("travel", "TRA", 15, 320),
    ("reading", "REA", 4, 40),
    ("play", "PLA", 6, 75),
)

INTERESTS = ("baking", "cycling", "gardening", "hiking", "music", "photography", "reading", "swimming", "tea", "travel")
