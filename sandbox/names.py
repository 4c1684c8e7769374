"""Words that the cast is made of. Chinese characters carry their pinyin, for mail addresses."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Read `a:b c:d`."""
    return tuple((left, right) for left, _, right in (pair.partition(":") for pair in text.split()))


TEAM_NAMES = (("华东", "East"), ("华南", "South"), ("华北", "North"), ("海外", "Overseas"))

SURNAMES = _pairs(
    "李:li 王:wang 张:zhang 刘:liu 陈:chen 杨:yang 赵:zhao 黄:huang 周:zhou 吴:wu 徐:xu 孙:sun 胡:hu 朱:zhu "
    "高:gao 林:lin 何:he 郭:guo 马:ma 罗:luo 梁:liang 宋:song 郑:zheng 谢:xie 韩:han 唐:tang 冯:feng 于:yu "
    "董:dong 萧:xiao 程:cheng 曹:cao 袁:yuan 邓:deng 许:xu 傅:fu 沈:shen 曾:zeng 彭:peng 吕:lv"
)
GIVEN = _pairs(
    "伟:wei 芳:fang 娜:na 敏:min 静:jing 丽:li 强:qiang 磊:lei 军:jun 洋:yang 勇:yong 艳:yan 杰:jie 娟:juan "
    "涛:tao 明:ming 超:chao 霞:xia 平:ping 刚:gang 桂英:guiying 建国:jianguo 晓东:xiaodong 雨桐:yutong 浩然:haoran "
    "子轩:zixuan 欣怡:xinyi 思远:siyuan 佳琪:jiaqi 文博:wenbo 志强:zhiqiang 丽华:lihua 海燕:haiyan 雪梅:xuemei "
    "俊杰:junjie 婷婷:tingting 宇航:yuhang 梦瑶:mengyao 嘉豪:jiahao 诗涵:shihan 国栋:guodong 晨曦:chenxi 一鸣:yiming "
    "若曦:ruoxi 立新:lixin 春生:chunsheng 秀兰:xiulan 永康:yongkang"
)
FIRST_NAMES = _words(
    "Omar Grace Daniel Priya Lucas Emma Noah Sofia Ethan Aisha Liam Chloe Mateo Hannah Arjun Nina Victor Leila "
    "Oscar Julia Samuel Fatima Peter Maria Henry Yuki Thomas Elena Kwame Ingrid Diego Amara Felix Zoe Marco Alice "
    "Ravi Claire Jonas Nadia"
)
LAST_NAMES = _words(
    "Haddad Walker Novak Sharma Silva Fischer Okafor Rossi Nguyen Larsen Kim Dubois Garcia Tanaka Murphy Kowalski "
    "Johansson Mendes Patel Cohen Becker Ivanova Santos Reyes Osei Martin Weber Lindqvist Costa Bennett Rahman "
    "Moreau Schmidt Duarte Evans Yilmaz Carter Jansen Kapoor Brandt"
)

# City, province, area code, weight among customers.
CITIES_CN = (
    ("上海", "上海市", "021", 18),
    ("北京", "北京市", "010", 14),
    ("深圳", "广东省", "0755", 13),
    ("广州", "广东省", "020", 10),
    ("杭州", "浙江省", "0571", 9),
    ("苏州", "江苏省", "0512", 8),
    ("南京", "江苏省", "025", 6),
    ("宁波", "浙江省", "0574", 5),
    ("成都", "四川省", "028", 6),
    ("武汉", "湖北省", "027", 5),
    ("天津", "天津市", "022", 4),
    ("青岛", "山东省", "0532", 4),
    ("济南", "山东省", "0531", 3),
    ("西安", "陕西省", "029", 3),
    ("重庆", "重庆市", "023", 4),
    ("厦门", "福建省", "0592", 3),
    ("佛山", "广东省", "0757", 4),
    ("东莞", "广东省", "0769", 4),
    ("无锡", "江苏省", "0510", 4),
    ("合肥", "安徽省", "0551", 3),
    ("长沙", "湖南省", "0731", 3),
    ("郑州", "河南省", "0371", 3),
    ("沈阳", "辽宁省", "024", 2),
    ("大连", "辽宁省", "0411", 2),
)
# City, state or region, country, dialling prefix, weight.
CITIES_WORLD = (
    ("Singapore", "Singapore", "Singapore", "+65 6", 8),
    ("London", "England", "United Kingdom", "+44 20 7", 6),
    ("Berlin", "Berlin", "Germany", "+49 30 2", 5),
    ("Munich", "Bavaria", "Germany", "+49 89 4", 4),
    ("Paris", "Île-de-France", "France", "+33 1 4", 4),
    ("Rotterdam", "South Holland", "Netherlands", "+31 10 2", 3),
    ("Dubai", "Dubai", "United Arab Emirates", "+971 4 3", 5),
    ("Sydney", "New South Wales", "Australia", "+61 2 8", 4),
    ("Toronto", "Ontario", "Canada", "+1 416 5", 3),
    ("Chicago", "Illinois", "United States", "+1 312 5", 5),
    ("Austin", "Texas", "United States", "+1 512 5", 4),
    ("São Paulo", "São Paulo", "Brazil", "+55 11 3", 3),
    ("Mumbai", "Maharashtra", "India", "+91 22 6", 4),
    ("Jakarta", "Jakarta", "Indonesia", "+62 21 5", 3),
    ("Warsaw", "Mazovia", "Poland", "+48 22 6", 2),
)

# The industry in both languages, and the words that firms in it carry in their names.
INDUSTRIES = (
    ("Manufacturing", "制造业", ("机械", "精密", "装备", "模具"), ("Machinery", "Precision", "Works", "Tooling")),
    ("Electronics", "电子", ("电子", "半导体", "光电", "传感"), ("Electronics", "Semiconductor", "Optics", "Sensors")),
    ("Software", "软件", ("软件", "信息技术", "数据", "云科技"), ("Software", "Systems", "Data", "Cloud")),
    ("Logistics", "物流", ("物流", "供应链", "仓储", "货运"), ("Logistics", "Freight", "Supply", "Shipping")),
    ("Retail", "零售", ("商贸", "百货", "连锁", "电商"), ("Retail", "Trading", "Stores", "Outlets")),
    ("Healthcare", "医疗", ("医疗器械", "生物科技", "制药", "健康"), ("Medical", "Biotech", "Pharma", "Health")),
    ("Energy", "能源", ("新能源", "电力", "储能", "环保"), ("Energy", "Power", "Solar", "Storage")),
    ("Construction", "建筑", ("建设", "建材", "装饰工程", "钢构"), ("Construction", "Building", "Interiors", "Steel")),
    ("Food", "食品", ("食品", "饮料", "乳业", "农业"), ("Foods", "Beverage", "Dairy", "Farms")),
    ("Education", "教育", ("教育", "文化传媒", "培训", "出版"), ("Education", "Media", "Academy", "Press")),
)
# Two characters each make a brand; either CRM draws the first one from its own half.
BRAND_FIRST = "华昊金恒瑞宏远盛嘉信东正泰康天海新博安创弘立凯诚众联汇永德景鼎启云星"
BRAND_SECOND = "达通源霖丰峰扬腾翎科美宇屿利成兴图诺岚升捷维力和昌茂珑晟锐晨阳卓智洁"
SUFFIXES_CN = ("有限公司", "有限公司", "有限公司", "股份有限公司", "集团有限公司", "有限责任公司")

WORDS_FIRST = _words(
    "Harbor North Silver Bright Blue Stone River Summit Cedar Falcon Iron Maple Orchid Pacific Quartz Royal Saffron "
    "Tidal Union Vector Willow Zenith Amber Beacon Copper Delta Ember Forge Granite Horizon Indigo Juniper Kestrel "
    "Lumen Meridian Nimbus Onyx Pioneer Redwood Sterling Thistle Vertex Westport Aurora Birch Cobalt Dune Everest"
)
WORDS_SECOND = _words(
    "bridge field gate point line ridge well brook crest dale ford grove haven land mark mill park port side stead "
    "stone view way wood works yard bay cliff edge fall hill peak path lake rock shore star wave wind"
)
SUFFIXES_WORLD = ("Ltd", "Inc", "GmbH", "LLC", "Group", "Pte Ltd", "Co")
