"""The words of messages, once for each language. Everything else about a message is the same in all of them."""

from dataclasses import dataclass

from data.alert_models import Language


@dataclass(frozen=True)
class Wording:
    """Templates and words of one language; `{who}` is a first name or `of_case`, `{place}` and `{at}` come in words.

    An SMS is kept within `sms_parts`, where a shorter name of the camera can do that.
    """

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
    pair: str
    sms: str
    sms_parts: int
    similarity: str
    footer: str
    test: str
    demonstration: str
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
    pair="{lat:.5f}, {lon:.5f}",
    sms="LastSeen {number}: {title}. {place}, {at}. {pair} {link}{more}",
    sms_parts=3,
    similarity="Similarity {similarity} (alert threshold {threshold})",
    footer="Sent by LastSeen for case {number} because you were named as someone to be told. Do not pass it on.",
    test="This is a test of LastSeen's alerts. Nobody was seen; there is nothing to do.",
    demonstration="This case is a demonstration: person, place and events are invented.",
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
    pair="{lat:.5f}, {lon:.5f}",
    sms="LastSeen {number}: {title}. {place}, {at}. {pair} {link}{more}",
    sms_parts=3,
    similarity="Samankaltaisuus {similarity} (hälytysraja {threshold})",
    footer="LastSeenin viesti tapauksesta {number}, koska sinut on nimetty tiedon saajaksi. Älä välitä eteenpäin.",
    test="Tämä on LastSeenin hälytysten kokeiluviesti. Ketään ei ole nähty, eikä sinun tarvitse tehdä mitään.",
    demonstration="Tämä tapaus on esimerkki: henkilö, paikka ja tapahtumat ovat keksittyjä.",
    camera="kamera {id}",
    weekdays=("ma", "ti", "ke", "to", "pe", "la", "su"),
    months=tuple(str(month) for month in range(1, 13)),
    time="{weekday} {day}.{month}.{year} klo {hour}.{minute:02}.{second:02} (UTC{offset})",
    compass=("pohjoiseen", "koilliseen", "itään", "kaakkoon", "etelään", "lounaaseen", "länteen", "luoteeseen"),
    decimal=",",
)

# What reads from left to right stands apart (U+2066 or U+2068 to U+2069), else its parts would change places
ARABIC = Wording(
    of_case="صاحب القضية \u2068{number}\u2069",
    lead="خيط للتحقيق وليس تحديدًا للهوية",
    candidate="مشاهدة محتملة: \u2068{who}\u2069",
    confirmed="مشاهدة أكّدها شخصان: \u2068{who}\u2069",
    withdrawn="تصحيح: المشاهدة التي أُبلغ عنها كمؤكدة لم تعد مؤكدة (\u2068{who}\u2069)؛ يُرجى تجاهلها",
    leads_digest="مشاهدات محتملة جديدة ({count}): \u2068{who}\u2069",
    confirmed_digest="أخبار جديدة ({count}): \u2068{who}\u2069",
    more="و{count} غيرها",
    at_place="\u2068{camera}\u2069",
    at_last_place="\u2068{camera}\u2069، عند آخر مكان معروف",
    from_last_place="\u2068{camera}\u2069، على بُعد \u2066{distance}\u2069 {direction} آخر مكان معروف",
    coordinates="الإحداثيات",
    pair="\u2066{lat:.5f}, {lon:.5f}\u2069",
    sms="LastSeen \u2068{number}\u2069: {title}. {place}، {at}. {pair} {link}{more}",
    sms_parts=5,  # each holds 67 letters instead of 153
    similarity="التشابه {similarity} (حد التنبيه {threshold})",
    footer="أرسله LastSeen بشأن القضية \u2068{number}\u2069 لأنك مسجَّل ضمن من يُبلَّغون. لا تُعِد إرساله إلى غيرك.",
    test="هذه رسالة تجريبية من تنبيهات LastSeen. لم يُشاهَد أحد، ولا يلزم فعل أي شيء.",
    demonstration="هذه القضية للعرض فقط: الشخص والمكان والأحداث من نسج الخيال.",
    camera="الكاميرا \u2068{id}\u2069",
    weekdays=("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
    months=(
        "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
    ),
    time="{weekday} {day} {month} {year} \u2066{hour:02}:{minute:02}:{second:02} (UTC{offset})\u2069",
    compass=("شمال", "شمال شرق", "شرق", "جنوب شرق", "جنوب", "جنوب غرب", "غرب", "شمال غرب"),
    decimal=".",
)  # fmt: skip

WORDINGS = {Language.ENGLISH: ENGLISH, Language.FINNISH: FINNISH, Language.ARABIC: ARABIC}
"""Numbers stay in Western digits in all of them: they are read out over the telephone, and typed into maps."""
