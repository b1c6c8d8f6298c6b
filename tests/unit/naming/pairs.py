"""
The pair table of the naming rules: two names, and what they are to each other.

Names alone decide here, with the packaged lexicons and no list of customers.
"""

from dataclasses import dataclass

from daysheet.naming.compare import Relation

SAME, SIBLING = Relation.SAME, Relation.SIBLING
DIFFERENT, AMBIGUOUS = Relation.DIFFERENT, Relation.AMBIGUOUS
CHILD = Relation.PARENT_CHILD
"""The first belongs under the second."""


@dataclass(frozen=True)
class Row:
    """One row of the table; *is_same_brand* where the steward is told that both carry one brand."""

    number: int
    left: str
    right: str
    relation: Relation
    is_same_brand: bool = False


PAIRS = (
    Row(1, "北京工行", "北京工商银行", SAME),
    Row(2, "北京工行", "中国工商银行股份有限公司北京市分行", SAME),
    Row(3, "工行北京分行", "ICBC Beijing Branch", SAME),
    Row(4, "中国建行总行", "中国建设银行股份有限公司", SAME),
    Row(5, "浙江省建行", "中国建行总行", CHILD),
    Row(6, "杭州市建行", "浙江省建行", CHILD),
    Row(7, "浙江省建行", "山东省建行", SIBLING),
    Row(8, "杭州市建行", "山东省建行", SIBLING),
    Row(9, "中国建设银行杭州文三路支行", "中国建设银行股份有限公司杭州文三路支行", SAME),
    Row(10, "建行杭州余杭勾庄分理处", "建行杭州勾庄支行", SIBLING),
    Row(11, "建行富阳支行龙山路分理处", "建行富阳支行", CHILD),
    Row(12, "工行北京市分行营业部", "北京工行", CHILD),
    Row(13, "南京银行", "中国银行南京分行", DIFFERENT),
    Row(14, "上海银行北京分行", "北京银行上海分行", DIFFERENT),
    Row(15, "中国人民银行", "中国银行", DIFFERENT),
    Row(16, "贵州银行", "贵阳银行", DIFFERENT),
    Row(17, "湖北银行", "湖州银行", DIFFERENT),
    Row(18, "萧山农行", "萧山农商行", DIFFERENT),
    Row(19, "浦发银行", "上海浦东发展银行股份有限公司", SAME),
    Row(20, "浦发银行", "上海浦东发展（集团）有限公司", DIFFERENT),
    Row(21, "平安银行", "深圳发展银行", SAME),
    Row(22, "中国人民建设银行", "中国建设银行", SAME),
    Row(23, "中国建筑银行", "中国建设银行", AMBIGUOUS),
    Row(24, "浙江省建工行业协会", "浙江省工行", DIFFERENT),
    Row(25, "江苏邮储银行", "江苏邮政", DIFFERENT),
    Row(26, "中国人寿保险（集团）公司", "中国人寿保险股份有限公司", DIFFERENT, is_same_brand=True),
    Row(27, "人保财险杭州市分公司", "中国人民财产保险股份有限公司杭州市分公司", SAME),
    Row(28, "江苏移动", "中国移动江苏公司", SAME),
    Row(29, "南京移动", "江苏移动", CHILD),
    Row(30, "江苏移动", "江苏电信", DIFFERENT),
    Row(31, "陕西移动", "山西移动", SIBLING),
    Row(32, "吉林移动", "吉林市移动", AMBIGUOUS),
    Row(33, "江苏联通", "中国联通江苏省分公司", SAME),
    Row(34, "杭州供电公司", "国网浙江省电力有限公司杭州供电公司", SAME),
    Row(35, "国网浙江电力", "国家电网有限公司", CHILD),
    Row(36, "国网内蒙古东部电力有限公司", "内蒙古电力（集团）有限责任公司", DIFFERENT),
    Row(37, "广东电网", "国家电网", DIFFERENT),
    Row(38, "中石油", "中国石油天然气股份有限公司", AMBIGUOUS),
    Row(39, "中石油", "中石化", DIFFERENT),
    Row(40, "江苏省烟草专卖局", "中国烟草总公司江苏省公司", SAME),
    Row(41, "江苏省烟草专卖局", "江苏中烟工业有限责任公司", DIFFERENT),
    Row(42, "上海铁路局", "中国铁路上海局集团有限公司", SAME),
    Row(43, "中铁十局集团有限公司", "中铁十一局集团有限公司", DIFFERENT),
    Row(44, "大连理工大学", "大连大学", DIFFERENT),
    Row(45, "华东师范大学", "华中师范大学", DIFFERENT),
    Row(46, "中国地质大学（武汉）", "中国地质大学（北京）", DIFFERENT),
    Row(47, "哈尔滨工业大学（深圳）", "哈尔滨工业大学", CHILD),
    Row(48, "上海交大", "上海交行", DIFFERENT),
    Row(49, "人大", "中国人民大学", AMBIGUOUS),
    Row(50, "北京工商大学", "北京工商银行", DIFFERENT),
    Row(51, "北医三院", "北京大学第三医院", SAME),
    Row(52, "吉林省人民医院", "吉林市人民医院", DIFFERENT),
    Row(53, "协和医院", "武汉协和医院", AMBIGUOUS),
    Row(54, "复旦大学附属中山医院", "复旦大学", CHILD),
    Row(55, "朝阳区教育局", "北京市朝阳区教育局", AMBIGUOUS),
    Row(56, "浙江省财政厅", "杭州市财政局", DIFFERENT),
    Row(57, "北京市公安局朝阳分局", "北京市公安局", CHILD),
    Row(58, "杭州市国家税务局", "国家税务总局杭州市税务局", SAME),
    Row(59, "一汽大众", "上汽大众", DIFFERENT),
    Row(60, "上海大众汽车有限公司", "上汽大众汽车有限公司", SAME),
    Row(61, "腾讯", "深圳市腾讯计算机系统有限公司", AMBIGUOUS),
    Row(62, "腾讯科技（深圳）有限公司", "深圳市腾讯计算机系统有限公司", DIFFERENT, is_same_brand=True),
    Row(63, "华为技术有限公司", "华为终端有限公司", DIFFERENT, is_same_brand=True),
    Row(64, "华为技术有限公司北京分公司", "华为技术有限公司", CHILD),
    Row(65, "北京百度网讯科技有限公司", "百度在线网络技术（北京）有限公司", DIFFERENT, is_same_brand=True),
    Row(66, "联想（北京）有限公司", "北京联想有限公司", AMBIGUOUS),
    Row(67, "小米科技有限责任公司", "小米科技有限公司", SAME),
    Row(68, "京东方科技集团股份有限公司", "京东集团股份有限公司", DIFFERENT),
    Row(69, "昇兴集团股份有限公司", "升兴集团股份有限公司", AMBIGUOUS),
    Row(70, "Acme Ltd.", "ACME Limited", SAME),
    Row(71, "Acme Ltd.", "Acme Co., Ltd", SAME),
    Row(72, "Acme Ltd", "Acme Inc.", AMBIGUOUS),
    Row(73, "Acme Ltd", "Acme Group Ltd", DIFFERENT, is_same_brand=True),
    Row(74, "Johnson & Johnson", "JOHNSON AND JOHNSON", SAME),
    Row(75, "Merck & Co., Inc.", "Merck KGaA", DIFFERENT),
    Row(76, "HSBC Bank (China) Company Limited Shanghai Branch", "汇丰银行（中国）有限公司", CHILD),
)
