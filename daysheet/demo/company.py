"""An invented company, its people and the customers it already knows."""

COMPANY = "星河仪器"
DOMAIN = "xinghe.example"
MAILBOX = f"daily@{DOMAIN}"

UNITS = """\
kind,name,parent,manager,timezone,language
region,中国,,E1020,,zh
region,华东,中国,E1021,,
region,华北,中国,E1021,,
region,华南,中国,E1022,,
region,港澳台及海外,,E1020,Asia/Singapore,en
team,华东一组,华东,,,
team,华北组,华北,,,
team,华南组,华南,E1022,,
team,海外组,港澳台及海外,,,
"""
"""Teams and regions, and who manages them."""

PEOPLE = """\
number,name,role,addresses,team,region,language,manager,may_submit_for,reports,since
E1001,王丽,rep,wang.li@xinghe.example,华东一组,华东,zh,,,,
E1002,李强,rep,li.qiang@xinghe.example,华东一组,华东,zh,,,,
E1003,Tom Baker,rep,tom.baker@xinghe.example,海外组,港澳台及海外,en,,,weekly,2024-03-01
E1004,孙悦,rep,sun.yue@xinghe.example,华北组,华北,zh,,,,
E1005,周航,rep,zhou.hang@xinghe.example,华北组,华北,zh,,,,
E1006,吴桐,rep,wu.tong@xinghe.example,华南组,华南,zh,,,weekly,2024-03-01
E1007,郑凯,rep,zheng.kai@xinghe.example,华南组,华南,zh,,,,
E1008,高岚,rep,gao.lan@xinghe.example,华北组,华北,zh,,,,
E1009,冯磊,rep,feng.lei@xinghe.example,华南组,华南,zh,,,weekly,2024-03-01
E1010,陈静,assistant,chen.jing@xinghe.example,华南组,华南,zh,,team:华南组,,
E1011,唐悦,rep,tang.yue@xinghe.example,华南组,华南,zh,,,daily,2024-03-01
E1012,许诺,rep,xu.nuo@xinghe.example,华东一组,华东,zh,,,daily,2024-03-01
E1013,梁朔,rep,liang.shuo@xinghe.example,华北组,华北,zh,,,weekly,2024-03-01
E1020,赵敏,manager,zhao.min@xinghe.example,总部,总部,zh,,,,2024-03-01
E1021,沈岳,manager,shen.yue@xinghe.example,总部,总部,zh,E1020,,,2024-03-01
E1022,郭宁,manager,guo.ning@xinghe.example,华南组,华南,zh,E1020,,,2024-03-01
E1030,林婉,steward,lin.wan@xinghe.example,总部,总部,zh,E1020,,,
E1031,何川,steward,he.chuan@xinghe.example,华南组,华南,zh,E1020,,,
E1032,苏晴,steward,su.qing@xinghe.example,总部,总部,zh,E1020,,,
E1040,罗敏,admin,luo.min@xinghe.example,总部,总部,zh,,,,
"""
"""Who sends the reports: some have for months, others begin today."""

CUSTOMERS = """\
id,name,aliases,city,industry,level
K001,杭州云杉自动化有限公司,云杉自动化,杭州,制造,A
K002,苏州蓝鲸精密机械有限公司,,苏州,制造,A
K003,浙江大学,浙大,杭州,教育,A
K004,中国工商银行股份有限公司北京市分行,,北京,金融,A
K005,Nordlicht Maschinenbau GmbH,,Hamburg,Manufacturing,B
K006,深圳市海棠光电科技有限公司,海棠光电,深圳,电子,B
K007,天津港湾重型机械股份有限公司,,天津,制造,B
"""

HEAD = "E1020"
"""Who manages everybody."""
STEWARD, SOUTHERN_STEWARD, OTHER_STEWARD, ADMIN = "E1030", "E1031", "E1032", "E1040"
SOUTH = "华南"
"""The region whose people the southern steward sees."""
LEAVING = "E1009"
"""A rep whose mailbox takes no mail any more, and whose customers another is to look after."""

MORE_CUSTOMERS = """\
id,name,city,industry,level
K008,中国工商银行股份有限公司,北京,金融,A
K009,云杉建设第一工程有限公司,杭州,建筑,B
K010,无锡蓝鲸精密机械有限公司,无锡,制造,C
"""
"""What the second part of the demo needs besides: a head office, one of a pair, a namesake."""

TWO_SPELLINGS = ("北京工行", "北京工商银行")
BRANCH_BELOW = "工行北京西单支行"
TRAP = ("云杉建设第一工程有限公司", "云杉建设第二工程有限公司")
UNCLEAR = "蓝鲸精密机械"
"""What a rep writes of customers in the second part."""
