"""The charset names that Java knows, for SES answers others as Java does: `Unsupported encoding`.

Listed with `java.nio.charset.Charset.availableCharsets()` of Java 17, names and aliases, and the three of
JavaMail's own map. Names compare without regard to case, and otherwise as they stand: Java knows cp850, not cp-850.
"""

from __future__ import annotations

from typing import Final

from sesmime.mime.patterns import lazy_pattern

# Names that are made alike, some of which Java may not have.
_FAMILIES: Final = lazy_pattern(
    r"(?:x-)?(?:iso[-_]?)?8859[-_](?:1[1356]?|[2-9])(?::[0-9]{4})?|(?:x-)?utf[-_]?(?:8|(?:16|32)(?:[bl]e(?:[-_]bom)?)?)"
    r"|windows-125[0-8]|(?:x-)?mac[a-z]+|iso-ir-[0-9]+|l[0-9]+|(?:cs-)?ebcdic-[-+0-9a-z]+"
)
_NUMBERED: Final = lazy_pattern(r"(?:cp|ibm-?|x-ibm|ccsid|cpibm|csibm|)([0-9]{2,5}c?)")
_NUMBERS: Final = frozenset(
    """
    00858 01140 01141 01142 01143 01144 01145 01146 01147 01148 01149 037 1006 1025 1026 1046 1047 1089 1097
    1098 1112 1122 1123 1124 1129 1140 1141 1142 1143 1144 1145 1146 1147 1148 1149 1166 1250 1251 1252 1253
    1254 1255 1256 1257 1258 1364 1381 1383 273 277 278 280 284 285 290 29626c 297 300 33722 367 37 420 424 437
    500 50220 50221 5050 5346 5347 5348 5349 5350 5353 5601 646 737 775 813 819 833 834 838 850 852 855 856 857
    858 860 861 862 863 864 865 866 868 869 870 871 874 875 912 913 914 915 916 918 920 921 922 923 930 932 933
    935 936 937 939 942 942c 943 943c 948 949 949c 950 964 970
    """.split()  # noqa: SIM905, a list of them fills a hundred lines
)
_NAMES: Final = frozenset(
    """
    ansi-1251 ansi_x3.4-1968 ansi_x3.4-1986 arabic ascii ascii7 asmo-708 big5 big5-hkscs big5-hkscs-2001
    big5-hkscs:unicode3.0 big5_hkscs big5_hkscs_2001 big5_solaris big5hk big5hk-2001 big5hkscs big5hkscs-2001
    cesu-8 cesu8 cns11643 cp-ar cp-gr cp-is cpeuccn csascii csbig5 cscesu-8 cseuckr cseucpkdfmtjapanese
    cshalfwidthkatakana csiso153gost1976874 csiso159jisx02121990 csiso2022cn csiso2022jp csiso2022jp2
    csiso2022kr csiso87jisx0208 csiso885915 csiso885916 csisolatin0 csisolatin1 csisolatin2 csisolatin3
    csisolatin4 csisolatin5 csisolatin9 csisolatinarabic csisolatincyrillic csisolatingreek csisolatinhebrew
    csjisencoding cskoi8r cspc850multilingual cspc862latinhebrew cspc8codepage437 cspcp852 cspcp855 csshiftjis
    cswindows31j cyrillic default ecma-114 ecma-118 elot_928 euc-cn euc-jp euc-jp-linux euc-kr euc-tw euc_cn
    euc_jp euc_jp_linux euc_jp_solaris euc_kr euc_tw euccn eucjis eucjp eucjp-open euckr euctw
    extended_unix_code_packed_format_for_japanese gb18030 gb18030-2000 gb18030-2022 gb2312 gb2312-1980 gb2312-80 gbk
    greek
    greek8 hebrew ibm-33722_vascii_vpua ibm-euccn ibm-eucjp ibm-euckr ibm-euctw ibm-thai ibmeuccn iscii iscii91
    iso-10646-ucs-2 iso-2022-cn iso-2022-cn-cns iso-2022-cn-gb iso-2022-jp iso-2022-jp-2 iso-2022-kr iso2022cn
    iso2022cn_cns iso2022cn_gb iso2022jp iso2022jp2 iso2022kr iso646-us iso8859_15_fdis iso_646.irv:1983
    iso_646.irv:1991 ja_jp.eucjp ja_jp.iso2022-7 jis jis0201 jis0208 jis0212 jis_c6226-1983 jis_encoding
    jis_x0201 jis_x0208-1983 jis_x0212-1990 jisautodetect johab koi8 koi8-r koi8-u koi8_r koi8_u ks_c_5601-1987
    ksc5601 ksc5601-1987 ksc5601-1992 ksc5601_1987 ksc5601_1992 ksc_5601 latin-9 latin0 latin1 latin10 latin2
    latin3 latin4 latin5 latin9 ms-874 ms1361 ms50220 ms50221 ms874 ms932 ms932-0213 ms932:2004 ms932_0213 ms936
    ms949 ms950 ms950_hkscs ms950_hkscs_xp ms_936 ms_949 ms_kanji pc-multilingual-850+euro pck shift-jis
    shift_jis shift_jis:2004 shift_jis_0213:2004 sjis sjis-0213 sjis:2004 sjis_0213 sjis_0213:2004 st_sev_358-88
    sun_eu_greek tis-620 tis620 tis620.2533 unicode unicode-1-1-utf-8 unicodebig unicodebigunmarked
    unicodelittle unicodelittleunmarked us us-ascii windows-31j windows-437 windows-874 windows-932
    windows-932-0213 windows-932:2004 windows-936 windows-949 windows-950 windows-iso2022jp windows949
    x-big5-hkscs-2001 x-big5-solaris x-euc-cn x-euc-jp x-euc-jp-linux x-euc-tw x-eucjp x-eucjp-open x-iscii91
    x-iso-2022-cn-cns x-iso-2022-cn-gb x-jis0208 x-jisautodetect x-johab x-ms932_0213 x-ms950-hkscs
    x-ms950-hkscs-xp x-mswin-936 x-pck x-sjis x-sjis_0213 x-us-ascii x-windows-50220 x-windows-50221
    x-windows-874 x-windows-949 x-windows-950 x-windows-iso2022jp x0201 x0208 x0212
    """.split()  # noqa: SIM905, a list of them fills three hundred lines
)


def java_knows(charset: str) -> bool:
    """Whether Java has a charset of this name.

    >>> java_knows("Windows-1252"), java_knows("cp850"), java_knows("cp-850"), java_knows("utf-7")
    (True, True, False, False)
    """
    name = charset.lower()
    if name in _NAMES or _FAMILIES.fullmatch(name) is not None:
        return True
    numbered = _NUMBERED.fullmatch(name)
    return numbered is not None and numbered[1] in _NUMBERS
