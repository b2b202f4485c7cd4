"""Words that hold a sentence together and say nothing of its subject, by language."""

STOPWORDS = {
    language: frozenset(words.split())
    for language, words in {
        "en": """
            a about above across after again against all almost along already also although always am among an and
            another any are around as at away be became because become been before being below between both but by
            can could did do does doing done down during each either else enough etc even ever every few for from
            further get gets had has have having he her here hers him his how however i if in indeed instead into is
            it its itself just less like made make makes making many may me might more most much must my near need
            needs neither never no nor not now of off often on once one only onto or other others our ours out over
            own per perhaps please quite rather really same she should since so some such than that the their theirs
            them themselves then there therefore these they this those through throughout thus to together too toward
            towards under until up upon us use used using very via want wants was we well were what when where whether
            which while who whole whom whose why will with within without would yet you your
        """,
        "es": """
            a acá además ahí al algo alguna algunas alguno algunos allá allí ambos ante antes aquel aquella aquellas
            aquello aquellos aquí así aun aún aunque bajo bien cada casi como cómo con contra cual cuál cuales cualquier
            cuando cuándo cuanto cuyo cuya cuyos cuyas da dan dar de debe deben decir del demás dentro desde después donde
            dónde durante e el él ella ellas ello ellos en entre era eran es esa esas ese eso esos está están estar
            esta estas este esto estos estas fue fueron fuera gran ha había han hace hacen hacer hacia han hasta hay
            he incluso la las le les lo los luego más me mediante menos mi mientras misma mismas mismo mismos mucha muchas
            mucho muchos muy nada ni ningún ninguna no nos nosotros nuestra nuestras nuestro nuestros o os otra otras otro
            otros para pero poca poco pocos por porque pues puede pueden que qué quien quién quienes quiere se sea sean
            según ser será si sí sido siempre sin sino sobre solo sólo son su sus tal tales también tampoco tan tanto te
            tener tiene tienen toda todas todavía todo todos tras tu tus u un una unas uno unos usted ustedes va van varias
            varios ya y
        """,
        "pt": """
            a à ao aos aquela aquelas aquele aqueles aquilo as às assim até através bem cada com como contra da das de
            dela delas dele deles depois desde dessa dessas desse desses desta deste destes disso do dos durante e é ela
            elas ele eles em entre era eram essa essas esse esses esta está estão estar estas este estes eu faz fazem
            fazer foi foram fora há isso isto já lá lhe lhes mais mas me mediante menos mesma mesmas mesmo mesmos meu
            minha muita muitas muito muitos na não nas nem nenhum nenhuma no nos nós nossa nossas nosso nossos num numa o
            onde os ou outra outras outro outros para pela pelas pelo pelos perante pode podem por porque pois pouco
            qual quais qualquer quando quanto que quem quer se seja sejam sem sempre sendo ser será seu seus si sido só
            sob sobre sua suas são tal também tanto tão te tem têm temos ter toda todas todo todos trás tu tudo um uma
            umas uns vai vão várias vários você vocês
        """,
        "fr": """
            a à afin ainsi alors après au aucun aucune aujourd aussi autre autres aux avant avec avoir beaucoup bien c ça
            car ce ceci cela celle celles celui cependant ces cet cette ceux chaque chez ci comme comment contre d dans
            de depuis des deux dès doit doivent donc dont du durant elle elles en encore entre es est et étaient était
            étant être eu eux fait faire fois font grâce hors il ils j je jusqu jusque l la là laquelle le lequel les
            lesquelles lesquels leur leurs lors lui m ma mais me même mêmes mes mieux moi moins mon n ne ni non nos notre
            nous on ont ou où par parce parmi pas pendant peu peut peuvent plus plusieurs plutôt pour pourquoi près puis
            qu quand que quel quelle quelles quelque quelques quels qui quoi s sa sans sauf se selon sera seront ses si
            sien soi soit son sont sous souvent sur t ta tant te tel telle telles tels tes toi ton toujours tous tout
            toute toutes très trop tu un une vers veut via voici voilà vos votre vous y
        """,
        "nl": """
            aan af al alle alleen als altijd ander andere anderen bij binnen boven buiten daar daarbij daarin daarmee daarom
            dan dat de den der deze die dit doen door dus echter een eens elk elke en er ervan eruit etc ge geen goed haar
            had hadden hebben heb heeft heel hem hen het hier hij hoe hun ieder iedere iets ik in is ja je jij jou kan
            kon kunnen maar mag me mee meer men met mij mijn minder moet moeten na naar nadat niet niets nog nu of om
            omdat onder ons onze ook op over reeds samen sinds slechts steeds te tegen ten ter terwijl toch toe tot
            tussen uit uw van vanaf vanuit veel verder via vol volgens voor vooral waar waarbij waarin waarmee waarom
            wanneer want waren was wat we wel welke werd werden wie wij wil willen word worden wordt zal ze zeer zelf
            zich zij zijn zo zoals zodat zonder zou zouden zowel zullen
        """,
    }.items()
}
