"""The words of messages, once for each language. Everything else about a message is the same in all of them."""

from dataclasses import dataclass

from data.alert_models import Language


@dataclass(frozen=True)
class Wording:
    """Templates and words of one language; `{who}` is a first name or `of_case`, `{place}` and `{at}` come in words."""

    of_case: str
    lead: str
    candidate: str
    confirmed: str
    withdrawn: str
    leads_digest: str
    confirmed_digest: str
    more: str
    at_place: str
    at_last_place: str
    from_last_place: str
    coordinates: str
    similarity: str
    footer: str
    test: str
    camera: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    time: str
    compass: tuple[str, ...]
    decimal: str


ENGLISH = Wording(
    of_case="the subject of case {number}",
    lead="investigative lead, not an identification",
    candidate="Possible sighting of {who}",
    confirmed="Sighting of {who}, confirmed by two people",
    withdrawn="Correction: the sighting of {who} reported as confirmed is no longer confirmed; please disregard it",
    leads_digest="{count} new possible sightings of {who}",
    confirmed_digest="{count} pieces of news about {who}",
    more="and {count} more",
    at_place="{camera}",
    at_last_place="{camera}, at the last known place",
    from_last_place="{camera}, {distance} {direction} of the last known place",
    coordinates="Coordinates",
    similarity="Similarity {similarity} (alert threshold {threshold})",
    footer="Sent by LastSeen for case {number} because you were named as someone to be told. Do not pass it on.",
    test="This is a test of LastSeen's alerts. Nobody was seen; there is nothing to do.",
    camera="camera {id}",
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    time="{weekday} {day} {month} {year} {hour:02}:{minute:02}:{second:02} (UTC{offset})",
    compass=("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"),
    decimal=".",
)

FINNISH = Wording(
    of_case="tapauksen {number} henkilö",
    lead="tutkinnan johtolanka, ei tunnistus",
    candidate="Mahdollinen havainto: {who}",
    confirmed="Havainto, jonka kaksi henkilöä on vahvistanut: {who}",
    withdrawn="Oikaisu: vahvistettuna ilmoitettu havainto ei ole enää vahvistettu ({who}). Älä ota sitä huomioon",
    leads_digest="{count} uutta mahdollista havaintoa: {who}",
    confirmed_digest="{count} uutta tietoa: {who}",
    more="ja {count} muuta",
    at_place="{camera}",
    at_last_place="{camera}, viimeisessä tunnetussa paikassa",
    from_last_place="{camera}, {distance} {direction} viimeisestä tunnetusta paikasta",
    coordinates="Koordinaatit",
    similarity="Samankaltaisuus {similarity} (hälytysraja {threshold})",
    footer="LastSeenin viesti tapauksesta {number}, koska sinut on nimetty tiedon saajaksi. Älä välitä eteenpäin.",
    test="Tämä on LastSeenin hälytysten kokeiluviesti. Ketään ei ole nähty, eikä sinun tarvitse tehdä mitään.",
    camera="kamera {id}",
    weekdays=("ma", "ti", "ke", "to", "pe", "la", "su"),
    months=tuple(str(month) for month in range(1, 13)),
    time="{weekday} {day}.{month}.{year} klo {hour}.{minute:02}.{second:02} (UTC{offset})",
    compass=("pohjoiseen", "koilliseen", "itään", "kaakkoon", "etelään", "lounaaseen", "länteen", "luoteeseen"),
    decimal=",",
)

WORDINGS = {Language.ENGLISH: ENGLISH, Language.FINNISH: FINNISH}
