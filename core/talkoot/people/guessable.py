"""Which passwords are guessed first: the commonest of the world (zxcvbn's lists), of Finland (below), and what is known of the person."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

GUESSES = 20_000_000  # a word with a year and a sign takes ten million, two words that are not among the commonest more
LONG_ENOUGH = 32  # what comes after this many characters decides nothing, and weighing it would take seconds

# What Finnish and Swedish passwords are made of, the commonest first; with a year or a number behind it still the same.
_FINNISH_AND_SWEDISH = """
    salasana lösenord salainen hemligt hemlig salis salasanani lösen kirjaudu tunnus passi avain password
    suomi finland sverige kesä talvi kevät syksy sommar vinter vår höst kesäloma joulu jul juhannus midsommar pääsiäinen
    tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu
    januari februari mars april maj juni juli augusti september oktober november december
    maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai måndag tisdag onsdag torsdag fredag lördag söndag
    perkele saatana vittu paska helvetti jumalauta perkele666 fan helvete skit
    rakas rakkaus kulta älskling kärlek ilovesuomi minärakastansinua jagälskardig rakastan hali pusu
    koira kissa hevonen poni murre musti mirri hund katt häst hauva kisu nalle hamsteri pupu lehmä
    jääkiekko ishockey jalkapallo fotboll kiekko hiihto salibandy leijonat jokerit hifk tappara kärpät ilves kalpa lukko
    pelicans jypurit sport tps manu hockey hevoset
    äiti isä mamma pappa mummo mummi ukki vaari mummu farmor farfar mormor morfar tyttö poika flicka pojke perhe familj
    matti mikko jussi pekka juha kalle ville antti timo jari heikki markku hannu seppo kari erkki olli tuomas janne
    maija anna liisa johanna maria hanna sari tiina päivi minna eeva kaisa emma sofia aino helena marjatta anneli
    johan anders erik lars nils karin kristina
    helsinki tampere turku oulu espoo vantaa jyväskylä kuopio lahti pori vaasa vasa joensuu åbo
    helsingfors seinäjoki rovaniemi kajaani lappeenranta
    pohjanmaa österbotten karjala savo häme lappi kainuu satakunta uusimaa nyland
    tietokone dator kahvi kaffe olut kalja makkara sauna mökki stuga metsä skog järvi sjö meri hav kala kalastus metsästys
    fisken jakt aurinko sol kuu tähti stjärna sininen punainen vihreä musta valkoinen blå röd grön svart
    kunta kommun kaupunki stad kunnantalo kaupungintalo kommunhus virasto toimisto kirjasto bibliotek koulu skola asukas
    invånare foorumi forum talkoo talko
    nokia moottori volvo toyota saab marimekko muumi mumin mumintroll angrybirds
    terve tervetuloa välkommen moikka hej heippa huomenta kiitos tack hyvää
"""
WORDS = tuple(_FINNISH_AND_SWEDISH.split())
_one_at_a_time = threading.Lock()  # zxcvbn keeps the words given to it in a place that all threads share


def is_easy(password: str, known: Iterable[str] = ()) -> bool:
    """Whether too few guesses find the password; `known` are words that lie near: the address, the site's names."""
    from zxcvbn import zxcvbn  # here: its lists take 15 MB, which a worker that nobody signs up in does not need

    words = [part for text in known for part in (text, *re.split(r"[\W_]+", text)) if len(part) > 2]
    with _one_at_a_time:
        weighed = zxcvbn(password[:LONG_ENOUGH], ["talkoot", *words, *WORDS])
    return bool(weighed["guesses"] < GUESSES)
